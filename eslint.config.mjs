import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Layers point down, never sideways within 2 and 4 (docs/architecture.md). */
const depConstraints = [
  { sourceTag: 'layer:0', onlyDependOnLibsWithTags: ['layer:0'] },
  { sourceTag: 'layer:1', onlyDependOnLibsWithTags: ['layer:0', 'layer:1'] },
  { sourceTag: 'layer:2', onlyDependOnLibsWithTags: ['layer:0', 'layer:1'] },
  { sourceTag: 'layer:3', onlyDependOnLibsWithTags: ['layer:0', 'layer:1', 'layer:2', 'layer:3'] },
  {
    sourceTag: 'layer:4',
    onlyDependOnLibsWithTags: ['layer:0', 'layer:1', 'layer:2', 'layer:3'],
  },
  {
    sourceTag: 'runtime:pure',
    onlyDependOnLibsWithTags: ['runtime:pure'],
    bannedExternalImports: ['@nestjs/*', 'bullmq', 'ioredis', 'typeorm', 'pg', 'pino', 'node:fs*'],
  },
];

export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '.nx', '.sextant', '**/*.mjs'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { allow: [], depConstraints }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.test.ts', '**/*.itest.ts', '**/testing/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  prettier,
);
